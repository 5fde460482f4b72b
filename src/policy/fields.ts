/**
 * The kinds of values that the format is made of, for `schema.ts`. No transforms: the editors' JSON Schema
 * comes from the same definitions, and it can only say what a text looks like. The readers beside them turn a
 * text that has passed into a number.
 */
import { z } from 'zod'
import type { Millis } from '../base/time.ts'

/** A text of one form. Editors say of it what `validate` says, by a word of their schemas that is theirs alone. */
export const formed = (form: RegExp, error: string) =>
  z.string().regex(form, { error }).meta({ patternErrorMessage: error })

/** A name that a person gives. No dots and blanks: names are joined with `/` and `.` to longer ones. */
export const name = () =>
  formed(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must be a name: a letter, then letters, digits, `_` or `-`')

/** A word of a vendor's vocabulary. The colon is kept for `scope:`. */
export const featureName = () =>
  formed(
    /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
    'must be a feature: a letter, then letters, digits, `_`, `.` or `-`',
  )

export const text = () => z.string().min(1, { error: 'must not be empty' })

/** A secret has no place in a file that everybody can read; the name of its variable has. */
export const variable = () =>
  formed(
    /^\$\{[A-Z][A-Z0-9_]*\}$/,
    'must be `${NAME}`, the name of an environment variable: a secret is never written here',
  )

/** @param checked - a text that `variable` accepts */
export const variableName = (checked: string): string => checked.slice(2, -1)

export const duration = () =>
  formed(/^[1-9][0-9]{0,5}(?:ms|s|m|h|d)$/, 'must be a length of time: 500ms, 10s, 1m, 3h or 1d')

export const percentage = () =>
  formed(/^(?:100|[1-9]?[0-9](?:\.[0-9]{1,4})?)%$/, 'must be a share: 0% to 100%')

/** A length of time that has a sensible end. */
export const durationUpTo = (most: string, why: string) =>
  duration().refine((written) => durationMillis(written) <= durationMillis(most), {
    error: `must be at most ${most}: ${why}`,
  })

/** Enough for any vendor's bulk request, and far below what an isolate may hold. */
const MAX_SIZE_BYTES = 16 * 1024 * 1024

export const size = () =>
  formed(/^[1-9][0-9]{0,4}(?:KiB|MiB)$/, 'must be a size: 64KiB, or 8MiB').refine(
    (written) => sizeBytes(written) <= MAX_SIZE_BYTES,
    {
      error: 'must be at most 16MiB: what is read is held in memory',
    },
  )

/** A scope-token of RFC 6749 section 3.3. */
export const scopeName = () =>
  formed(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'must be a scope: no blanks, no quotes, no backslashes')

/** RFC 1123 section 2.1, without a port and without an address: that is what a Host header is compared with. */
export const host = () =>
  formed(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
    'must be a host name, without scheme, port and path',
  ).max(253, { error: 'must have at most 253 characters' })

/** A day, or a day and a time in UTC (RFC 3339). */
export const date = () =>
  formed(
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$/,
    'must be a date: 2027-02-01, or 2027-02-01T12:00:00Z',
  ).refine((written) => dateMillis(written) !== undefined, { error: 'must be a date that the calendar has' })

/** A rule that is tried out, and the first day or moment on which it refuses. Without an end it would be forgotten. */
export const reportOnly = () =>
  z.strictObject(
    { until: date() },
    { error: 'must be `{ until: DATE }`: what is only reported must have an end' },
  )

/** Enough for any limit, and small enough that the limiter's arithmetic stays exact. */
export const MAX_COUNT = 1_000_000_000

export const count = () =>
  z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(MAX_COUNT, { error: `must be at most ${MAX_COUNT}` })

/** One or several. */
export const oneOrMore = <T extends z.ZodType>(item: T, error: string) =>
  z.union([item, list(item)], { error })

export const list = <T extends z.ZodType>(item: T) => z.array(item).min(1, { error: 'must have an entry' })

const unitMillis: Readonly<Record<string, Millis>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** @param checked - a text that `duration` accepts */
export function durationMillis(checked: string): Millis {
  const [, digits = '0', unit = 's'] = /^([0-9]+)([a-z]+)$/.exec(checked) ?? []
  return Number(digits) * (unitMillis[unit] ?? 0)
}

/** @param checked - a text that `size` accepts */
export const sizeBytes = (checked: string): number =>
  Number.parseInt(checked, 10) * (checked.endsWith('MiB') ? 1024 * 1024 : 1024)

/**
 * @param checked - a text that `percentage` accepts
 * @returns the share, 0 to 1
 */
export const shareOf = (checked: string): number => Number(checked.slice(0, -1)) / 100

/**
 * @param checked - a text that `date` accepts
 * @returns the instant, midnight UTC where no time is given; undefined for a day that no calendar has
 */
export function dateMillis(checked: string): Millis | undefined {
  const instant = Date.parse(checked)
  const isReal =
    !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(checked.replace('Z', ''))
  return isReal ? instant : undefined
}
