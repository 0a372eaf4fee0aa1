import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // Small files stay files: the page's policy allows nothing inline.
    assetsInlineLimit: 0,
    // Of no use to people who run Homemaid, and they would be embedded into the binary.
    sourcemap: false,
    chunkSizeWarningLimit: 1200,
  },
  server: {
    // `npm run dev` beside a running `homemaid serve`: the guard compares Origin with Host, so both are kept as they are.
    proxy: { '/api': { target: process.env.HOMEMAID_URL ?? 'http://127.0.0.1:7878', changeOrigin: false } },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
  },
})
