/** The name that was probably meant. */
import { distance } from 'fastest-levenshtein'

/** Nobody mistypes a longer word by a few letters only. */
const MAX_LENGTH = 64

/** A policy with more names than this is slow enough to read as it is. */
const MAX_CANDIDATES = 2000

/**
 * @param candidates - looked at in their order; of two as near the first is taken
 * @returns the nearest one, or undefined when none is within a third of the word, or two letters
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined
  let best: string | undefined
  let tried = 0
  let least = Math.min(Math.max(2, Math.floor(word.length / 3)), word.length - 1) + 1
  for (const candidate of candidates) {
    if (++tried > MAX_CANDIDATES) break
    const edits = candidate.toLowerCase() === word.toLowerCase() ? 0 : distance(word, candidate)
    if (edits < least) {
      least = edits
      best = candidate
    }
  }
  return best
}

/** The help line for it, to be spread into a problem; nothing where no name is near. */
export function didYouMean(word: string, candidates: Iterable<string>): { readonly help?: string } {
  const meant = nearest(word, candidates)
  return meant === undefined ? {} : { help: `did you mean \`${meant}\`?` }
}

/** Longer texts, such as paths, that are worth comparing. */
const MAX_TEXT_LENGTH = 256

/**
 * @param candidates - what is to be named, by the text that is compared
 * @returns the nearest ones, nearest first, each within a third of the text
 */
export function nearestFew(text: string, candidates: ReadonlyMap<string, string>, count: number): string[] {
  if (text.length > MAX_TEXT_LENGTH) return []
  const most = Math.max(2, Math.floor(text.length / 3))
  const near = [...candidates]
    .filter(([compared]) => Math.abs(compared.length - text.length) <= most)
    .map(([compared, name]) => ({ name, edits: distance(text, compared) }))
    .filter(({ edits }) => edits <= most)
    .toSorted((a, b) => a.edits - b.edits)
  return [...new Set(near.map(({ name }) => name))].slice(0, count)
}
