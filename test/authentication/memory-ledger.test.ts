import { describe } from 'vitest'
import { memoryLedger } from '../../src/authentication/memory-ledger.ts'
import { ledgerContract } from '../contract/ledger.ts'
import { NOW } from '../support/facts.ts'

describe('the ledger of policy tests', () => {
  ledgerContract(() => ({ ledger: memoryLedger(), now: () => NOW, restart: async () => {} }))
})
