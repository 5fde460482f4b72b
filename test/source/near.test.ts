import { expect, test } from 'vitest'
import { didYouMean, nearest } from '../../src/source/near.ts'

const features = ['owner', 'direct_access', 'direct_read_access']

test.each([
  ['direct_acess', 'direct_access'],
  ['OWNER', 'owner'],
  ['ownr', 'owner'],
  ['own', 'owner'],
  ['reader', undefined],
  ['x', undefined],
  ['direct_write_acces', 'direct_read_access'],
  ['owner'.repeat(20), undefined],
])('%s may mean %s', (word, meant) => {
  expect(nearest(word, features)).toBe(meant)
})

test('of two as near the first is taken', () => {
  expect(nearest('slwo', ['slow', 'slot'])).toBe('slow')
  expect(nearest('ab', ['ac', 'ad'])).toBe('ac')
})

test('the help line, or none', () => {
  expect(didYouMean('ownr', features)).toEqual({ help: 'did you mean `owner`?' })
  expect(didYouMean('reader', features)).toEqual({})
})
