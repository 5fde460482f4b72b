/** A body's parameters, whatever its kind, and one of them replaced. */
import type { BodyText } from '../decision/facts.ts'
import { encodedForm, formParameters } from './form.ts'
import { jsonParameters } from './json.ts'
import { multipartParameters } from './multipart.ts'
import type { Parameter } from './parameter.ts'

/** @returns in the order of the body; undefined for text that two programs may read in two ways */
export function parametersOf({ kind, text, boundary }: BodyText): readonly Parameter[] | undefined {
  switch (kind) {
    case 'form':
      return formParameters(text)
    case 'json':
      return jsonParameters(text)
    case 'multipart':
      return multipartParameters(text, boundary)
  }
}

/**
 * The body with another value for one parameter. All the rest stays as it was sent, in its order and its spelling.
 *
 * @param body - one that `parametersOf` reads. Where it lacks the parameter, that is put at its end.
 */
export function withParameter(body: BodyText, name: string, value: string): string {
  const { text } = body
  const found = parametersOf(body)?.find((parameter) => parameter.name === name)
  if (found === undefined) return appended(body, name, value)
  return text.slice(0, found.from) + encoded(body, value) + text.slice(found.to)
}

const encoded = ({ kind }: BodyText, value: string): string => {
  if (kind === 'form') return encodedForm(value)
  return kind === 'json' ? JSON.stringify(value) : value
}

function appended(body: BodyText, name: string, value: string): string {
  const { kind, text, boundary } = body
  switch (kind) {
    case 'form':
      return `${text}&${encodedForm(name)}=${encodedForm(value)}`
    case 'json': {
      const end = text.lastIndexOf('}')
      const comma = parametersOf(body)?.length === 0 ? '' : ','
      return `${text.slice(0, end)}${comma}${JSON.stringify(name)}:${JSON.stringify(value)}${text.slice(end)}`
    }
    case 'multipart': {
      const end = text.lastIndexOf(`--${boundary}--`)
      const part = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
      return text.slice(0, end) + part + text.slice(end)
    }
  }
}
