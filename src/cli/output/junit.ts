/** JUnit XML, as CI systems read it: one suite a file, one case a line or cell of a test. */
import type { Place } from '../../source/text.ts'

export type JunitCase = {
  /** What it belongs to: the name of the test. */
  readonly group: string
  readonly name: string
  readonly place: Place
  /** Absent where it passes. `error`: it could not be run. */
  readonly failure?: { readonly kind: 'failure' | 'error'; readonly message: string; readonly text: string }
}

/** @returns a document that ends with a line feed; nothing in it depends on the day or the machine */
export function junit(cases: readonly JunitCase[]): string {
  const files = [...new Set(cases.map(({ place }) => place.file))]
  const suites = files.map((file) =>
    suite(
      file,
      cases.filter(({ place }) => place.file === file),
    ),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sallyport"${counts(cases)}>\n${suites.join('')}</testsuites>\n`
}

const suite = (file: string, cases: readonly JunitCase[]): string =>
  `  <testsuite${attributes({ name: file, file })}${counts(cases)}>\n${cases.map(caseText).join('')}  </testsuite>\n`

function counts(cases: readonly JunitCase[]): string {
  const failed = (kind: string): number => cases.filter(({ failure }) => failure?.kind === kind).length
  return attributes({ tests: cases.length, failures: failed('failure'), errors: failed('error') })
}

function caseText({ group, name, place, failure }: JunitCase): string {
  const head = `    <testcase${attributes({ classname: group, name, file: place.file, line: place.line })}`
  if (failure === undefined) return `${head}/>\n`
  const { kind, message, text } = failure
  return `${head}>\n      <${kind}${attributes({ message })}>${escaped(text)}</${kind}>\n    </testcase>\n`
}

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('')

/** What XML 1.0 has no character for (section 2.2) is shown as U+FFFD. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

const escaped = (text: string): string =>
  text
    .replaceAll(FORBIDDEN, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
