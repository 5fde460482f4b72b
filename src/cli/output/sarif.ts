/** SARIF 2.1.0 (OASIS), for code scanning. */
import { createHash } from 'node:crypto'
import { isLintCode, lintRules } from '../../lint/rules.ts'
import type { YamlNode } from '../../source/node.ts'
import { problemCodes, type Remark } from '../../source/problem.ts'
import { maskedSource } from '../../source/secrets.ts'
import type { Place, SourceText } from '../../source/text.ts'
import { parseYaml } from '../../source/yaml.ts'
import { filesByPath } from './report.ts'

/** @returns a document that ends with a line feed */
export function sarif(remarks: readonly Remark[], files: readonly SourceText[], version: string): string {
  const fingerprint = fingerprints(files)
  const rules = [...new Set(remarks.map(({ code }) => code))].toSorted()
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sallyport', semanticVersion: version, rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: remarks.map((remark) => ({
          ruleId: remark.code,
          ruleIndex: rules.indexOf(remark.code),
          level: remark.severity === 'info' ? 'note' : remark.severity,
          message: {
            text: remark.help === undefined ? remark.message : `${remark.message}. Help: ${remark.help}`,
          },
          locations: [{ physicalLocation: locationOf(remark.place) }],
          ...related(remark),
          partialFingerprints: { 'sallyport/v1': fingerprint(remark) },
        })),
      },
    ],
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

const titles: Readonly<Record<string, string>> = problemCodes

function ruleOf(id: string) {
  const [title, page] = isLintCode(id)
    ? [lintRules[id].finds, `docs/lint/${id}.md`]
    : [titles[id] ?? id, 'docs/problems.md']
  return { id, shortDescription: { text: title }, help: { text: `${title}; see ${page}` } }
}

const locationOf = ({ file, line, column, length }: Place) => ({
  artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
  region: { startLine: line, startColumn: column, endColumn: column + length },
})

const related = ({ also = [] }: Remark) =>
  also.length === 0
    ? {}
    : {
        relatedLocations: also.map(({ place, label }) => ({
          message: { text: label },
          physicalLocation: locationOf(place),
        })),
      }

/** The same alert wherever its lines move: from code, file, the path inside the document and the marked text. */
function fingerprints(files: readonly SourceText[]): (remark: Remark) => string {
  const byPath = filesByPath(files)
  const roots = new Map(files.map((file) => [file.path, parseYaml(file).root]))
  const seen = new Map<string, number>()
  return ({ code, place }) => {
    const written = byPath.get(place.file)
    const source = written && maskedSource(written)
    const root = roots.get(place.file)
    const from = source === undefined ? 0 : (source.lineStarts[place.line - 1] ?? 0) + place.column - 1
    const path = root === undefined ? [] : pathTo(root, from)
    const key = JSON.stringify([code, source?.name, path, source?.text.slice(from, from + place.length)])
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    return createHash('sha256').update(`${key}${times}`).digest('hex').slice(0, 32)
  }
}

/** Keys down to the offset; entries of lists count by what they are and not by where they stand. */
function pathTo(node: YamlNode, offset: number): readonly string[] {
  const holds = ({ from, to }: { readonly from: number; readonly to: number }): boolean =>
    from <= offset && offset < to
  if (node.kind === 'map') {
    for (const [name, { key, value }] of node.entries) {
      if (holds(key)) return [name]
      if (holds(value.span)) return [name, ...pathTo(value, offset)]
    }
  }
  const item = node.kind === 'list' ? node.items.find(({ span }) => holds(span)) : undefined
  return item === undefined ? [] : ['-', ...pathTo(item, offset)]
}
