import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { readTexts } from './src/i18n/texts/read.ts'

/** Puts in the place of the modules that read a language's texts what they come to: it is done here, once, instead of in every browser. */
const readTextsHere: Plugin = {
  name: 'read-texts-here',
  apply: 'build',
  load(id) {
    const [, language, later] = /\/src\/i18n\/texts\/(pt-BR|en)(\.later)?\.ts$/.exec(id) ?? []
    if (language === undefined) return null
    const texts = readTexts(language === 'en' ? 1 : 0, later === undefined ? 'first' : 'later')
    return `export const TEXTS = JSON.parse(${JSON.stringify(JSON.stringify(texts))})`
  },
}

/** The style after the mark that is seen without it: whoever waits for a slow line sees it at once. No script runs before a style has come. */
const styleLast: Plugin = {
  name: 'style-last',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(html) {
      const [link] = /\s*<link rel="stylesheet"[^>]*>/.exec(html) ?? []
      if (link === undefined) throw new Error('index.html has no style')
      return html.replace(link, '').replace(/\s*<\/body>/, (end) => `${link}${end}`)
    },
  },
}

/** The control plane serves `dist` at /; the development server hands /api on to one that runs here. */
export default defineConfig({
  plugins: [readTextsHere, styleLast, react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 900,
    // One small file: a part's own would not be asked for again once it could not be fetched.
    cssCodeSplit: false,
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    // Not `/api-reference`, which is a page.
    proxy: { '^/api/': { target: process.env['API_URL'] ?? 'http://127.0.0.1:8080', changeOrigin: false } },
  },
})
