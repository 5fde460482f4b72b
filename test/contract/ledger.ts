/** What every ledger of used assertions keeps to. */
import { describe, expect, test } from 'vitest'
import type { AssertionLedger } from '../../src/authentication/ledger.ts'

export type LedgerWorld = {
  readonly ledger: AssertionLedger
  readonly now: () => number
  /** Forgets all that is not stored. */
  readonly restart: (name: string) => Promise<void>
}

export function ledgerContract(make: () => LedgerWorld): void {
  describe('one name is used once', () => {
    test('the second call is told so, whatever end date it gives', async () => {
      const { ledger, now } = make()
      expect(await ledger.use('twice', now() + 60_000)).toBe('first')
      expect(await ledger.use('twice', now() + 60_000)).toBe('again')
      expect(await ledger.use('twice', now() + 600_000)).toBe('again')
    })

    test('other names are not touched by it', async () => {
      const { ledger, now } = make()
      const names = Array.from({ length: 40 }, (_, index) => `other-${index}`)
      for (const name of names) expect(await ledger.use(name, now() + 60_000)).toBe('first')
    })

    test('of many calls at one time one is the first', async () => {
      const { ledger, now } = make()
      const uses = await Promise.all(Array.from({ length: 50 }, () => ledger.use('race', now() + 60_000)))
      expect(uses.filter((use) => use === 'first')).toHaveLength(1)
      expect(uses.filter((use) => use === 'again')).toHaveLength(49)
    })

    test('nothing is forgotten with the memory', async () => {
      const { ledger, now, restart } = make()
      await ledger.use('kept', now() + 60_000)
      await restart('kept')
      expect(await ledger.use('kept', now() + 60_000)).toBe('again')
    })
  })
}
