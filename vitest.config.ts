import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** `unit` runs under Node, `workerd` inside the runtime; end-to-end tests start their own workerd from Node. */
export default defineConfig({
  test: {
    // A golden file that is missing is a failure; `vitest -u` writes it.
    update: 'none',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workerd/**', 'test/e2e/**'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['./test/support/bundle.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: './test/workerd/worker.ts',
            miniflare: {
              compatibilityDate: '2026-11-01',
              compatibilityFlags: ['nodejs_compat', 'no_nodejs_global_timers'],
              durableObjects: {
                LIMITER: { className: 'LimiterObject', useSQLite: true },
                ASSERTIONS: { className: 'AssertionObject', useSQLite: true },
              },
            },
          }),
        ],
        test: { name: 'workerd', include: ['test/workerd/**/*.test.ts'] },
      },
    ],
  },
})
