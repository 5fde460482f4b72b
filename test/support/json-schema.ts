/** The part of JSON Schema draft 7 that the policy's schema uses: a second opinion, independent of zod. */
type Schema = Readonly<Record<string, unknown>>

/** @returns where the value is not as the schema says; empty when it is */
export function violations(schema: unknown, value: unknown, at = '$'): string[] {
  if (!isObject(schema)) return [`${at}: no schema`]
  const unknown = Object.keys(schema).filter((keyword) => !(keyword in keywords) && !silent.includes(keyword))
  if (unknown.length > 0) return [`${at}: keyword ${unknown.join()}`]
  return Object.entries(keywords).flatMap(([keyword, check]) =>
    schema[keyword] === undefined ? [] : check(schema[keyword], value, at, schema),
  )
}

/** `patternErrorMessage` is a word of editors' YAML servers. */
const silent = ['$schema', 'title', 'description', 'patternErrorMessage']

type Check = (expected: unknown, value: unknown, at: string, schema: Schema) => string[]

const keywords: Readonly<Record<string, Check>> = {
  type: (type, value, at) =>
    when(typeOf(value) !== type && !(type === 'number' && typeOf(value) === 'integer'), `${at}: type`),
  const: (expected, value, at) => when(value !== expected, `${at}: const`),
  enum: (words, value, at) => when(!listOf(words).includes(value), `${at}: enum`),
  pattern: (pattern, value, at) =>
    when(typeof value === 'string' && !new RegExp(String(pattern)).test(value), `${at}: pattern`),
  minLength: (least, value, at) =>
    when(typeof value === 'string' && value.length < Number(least), `${at}: minLength`),
  maxLength: (most, value, at) =>
    when(typeof value === 'string' && value.length > Number(most), `${at}: maxLength`),
  minimum: (least, value, at) => when(typeof value === 'number' && value < Number(least), `${at}: minimum`),
  maximum: (most, value, at) => when(typeof value === 'number' && value > Number(most), `${at}: maximum`),
  minItems: (least, value, at) =>
    when(Array.isArray(value) && value.length < Number(least), `${at}: minItems`),
  items: (items, value, at) =>
    Array.isArray(value) ? value.flatMap((item, index) => violations(items, item, `${at}.${index}`)) : [],
  required: (names, value, at) =>
    isObject(value)
      ? listOf(names).flatMap((name) => when(!Object.hasOwn(value, String(name)), `${at}.${name}: required`))
      : [],
  if: (condition, value, at, { else: otherwise }) =>
    violations(condition, value, at).length > 0 ? violations(otherwise, value, at) : [],
  else: () => [],
  minProperties: (least, value, at) =>
    when(isObject(value) && Object.keys(value).length < Number(least), `${at}: minProperties`),
  propertyNames: (names, value, at) =>
    isObject(value) ? Object.keys(value).flatMap((name) => violations(names, name, `${at}.${name}`)) : [],
  properties: (properties, value, at) =>
    isObject(value) && isObject(properties)
      ? Object.entries(properties)
          .filter(([name]) => Object.hasOwn(value, name))
          .flatMap(([name, schema]) => violations(schema, value[name], `${at}.${name}`))
      : [],
  additionalProperties: (others, value, at, { properties }) => {
    if (!isObject(value)) return []
    const extra = Object.keys(value).filter(
      (name) => !isObject(properties) || !Object.hasOwn(properties, name),
    )
    return extra.flatMap((name) =>
      others === false ? [`${at}.${name}: unknown`] : violations(others, value[name], `${at}.${name}`),
    )
  },
  anyOf: (branches, value, at) =>
    when(
      listOf(branches).every((branch) => violations(branch, value, at).length > 0),
      `${at}: anyOf`,
    ),
}

const when = (isWrong: boolean, message: string): string[] => (isWrong ? [message] : [])
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
