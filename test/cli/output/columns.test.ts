import { expect, test } from 'vitest'
import { columns } from '../../../src/cli/output/columns.ts'

test('columns stay in place where characters are wide, and where cells have several lines', () => {
  const rows = [
    ['NAME', 'METHODS', 'PATHS'],
    ['日本', 'GET', '/a\n/b'],
    ['crm-sync', 'GET,POST', '/c'],
  ]
  expect(columns(rows, '  ')).toBe(
    [
      '  NAME      METHODS   PATHS',
      '  日本      GET       /a',
      '                      /b',
      '  crm-sync  GET,POST  /c',
      '',
    ].join('\n'),
  )
})
