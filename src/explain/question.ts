/** What somebody asks of a policy: one request, with as much of its caller as is known. */
import type { IpAddress } from '../base/address.ts'
import type { TestRequest } from '../policy/test-case.ts'

export type Question = {
  readonly request: Omit<TestRequest, 'place'> & { readonly upgrade?: string | undefined }
  /** Name of an API client of the policy. */
  readonly client: string | undefined
  /** `unreadable`: the gateway had no single address that it could read. */
  readonly from: IpAddress | 'unreadable' | undefined
  /** Name under `tokens:`, or `upstream`. */
  readonly token: string | undefined
  readonly scopes: readonly string[] | undefined
}

/** Whether the question names a caller at all. Without one, the credentials are unknown and not missing. */
export const namesCaller = ({ client, token, scopes }: Question): boolean =>
  client !== undefined || token !== undefined || scopes !== undefined
