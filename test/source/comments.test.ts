import { expect, test } from 'vitest'
import { commentsIn } from '../../src/source/comments.ts'
import { sourceText } from '../../src/source/text.ts'

const found = (text: string) => commentsIn(sourceText('a.yaml', 'a.yaml', text))

test.each([
  ['a: 1 # one\n', [['# one', 1, false]]],
  [
    '# one\n  # two  \na: 1\n',
    [
      ['# one', 1, true],
      ['# two', 2, true],
    ],
  ],
  [
    'a: [1, # one\n  2] # two',
    [
      ['# one', 1, false],
      ['# two', 2, false],
    ],
  ],
  [
    'a: 1 # one\r\nb: 2 # two\r\n',
    [
      ['# one', 1, false],
      ['# two', 2, false],
    ],
  ],
  ['\uFEFFa: 1 # one\n', [['# one', 1, false]]],
  ['a: "ä✓表" # one\n', [['# one', 1, false]]],
  ['a: | # one\n  text\n  # text\nb: 1\n', [['# one', 1, false]]],
])('%j', (text, expected) => {
  expect(found(text).map(({ text: comment, line, alone }) => [comment, line, alone])).toEqual(expected)
})

test.each(['a: "x # y"\n', "a: 'x # y'\n", 'a: x#y\n', 'a: >\n  # text\n  more\n', ''])(
  'none in %j',
  (text) => {
    expect(found(text)).toEqual([])
  },
)

test('the span is the comment', () => {
  const text = 'a: "ä" # one\nb: |\n  # x\nc: 2 # two  \n'
  expect(found(text).map(({ span: { from, to } }) => text.slice(from, to))).toEqual(['# one', '# two'])
})
