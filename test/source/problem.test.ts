import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorAt, problemCodes, sortedProblems } from '../../src/source/problem.ts'

const at = (file: string, line: number, column: number) => ({ file, line, column, length: 1 })

test('sorted by file, line, column and code, each once', () => {
  const problems = [
    errorAt('P0104', at('b', 1, 1), 'x'),
    errorAt('P0103', at('a', 10, 1), 'x'),
    errorAt('P0103', at('a', 2, 7), 'x'),
    errorAt('P0102', at('a', 2, 7), 'x'),
    errorAt('P0103', at('a', 2, 7), 'x'),
    errorAt('P0103', at('a', 2, 3), 'x'),
  ]
  const order = sortedProblems(problems).map(
    ({ code, place }) => `${place.file}${place.line}:${place.column} ${code}`,
  )
  expect(order).toEqual(['a2:3 P0103', 'a2:7 P0102', 'a2:7 P0103', 'a10:1 P0103', 'b1:1 P0104'])
})

test('docs/problems.md explains every code, under its title, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/problems.md'), 'utf8')
  const headings = [...text.matchAll(/^### (P\d{4}) (.*)$/gm)].map(([, code, title]) => [code, title])
  expect(headings).toEqual(Object.entries(problemCodes))
  for (const section of text.split(/^### /m).slice(1)) {
    expect(section.split('\n\n')[1]).toMatch(/\w{3}/)
  }
})
