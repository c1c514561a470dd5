import { build, type Plugin } from 'esbuild'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Puts something that throws when it is used in the place of packages that never are. */
const leaveOut = (packages: RegExp): Plugin => ({
  name: 'leave-out',
  setup(setup) {
    setup.onResolve({ filter: packages }, ({ path }) => ({ path, namespace: 'left-out' }))
    setup.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = new Proxy(function () {}, {
        apply() { throw new Error('${path} is not part of the bot') },
        construct() { throw new Error('${path} is not part of the bot') },
      })`,
    }))
  },
})

/** The bot says what is wrong in English alone; zod brings fifty languages. */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup(setup) {
    setup.onLoad({ filter: /\/zod\/v4\/locales\/index\.c?js$/ }, () => ({ contents: 'export {}' }))
  },
}

/** Under two names, and in two ways: once is enough. It is taken as whatsapp-web.js takes it. */
const onePuppeteer: Plugin = {
  name: 'one-puppeteer',
  setup(setup) {
    setup.onResolve({ filter: /^puppeteer-core$/ }, ({ importer, resolveDir }) =>
      setup.resolve('puppeteer', { kind: 'require-call', importer, resolveDir }),
    )
  },
}

/** One letter beyond ASCII, and the text takes two bytes a letter for as long as the bot runs. esbuild leaves them in regular expressions. */
const asciiOnly: Plugin = {
  name: 'ascii-only',
  setup(setup) {
    setup.onEnd(({ outputFiles = [] }) => {
      for (const { path, text } of outputFiles) {
        const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
        writeFileSync(
          path,
          path.endsWith('.js') ? text.replaceAll(/[^\p{ASCII}]/gu, (found) => found.split('').map(escaped).join('')) : text,
        )
      }
    })
  },
}

/** Bundles the bot into one file: fewer files to read at start, and an image without node_modules. */
export const buildBot = async (options: { outfile?: string } = {}): Promise<void> => {
  const outfile = options.outfile ?? here('dist/bot.js')
  mkdirSync(dirname(outfile), { recursive: true })
  await build({
    entryPoints: [here('src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: true,
    // The text stays in memory for as long as the bot runs. Names are kept: whatsapp-web.js sends its functions to the page as text.
    minifyWhitespace: true,
    legalComments: 'linked',
    // Asked for inside a try by whatsapp-web.js (an authentication that is not used here), or by puppeteer for protocols that are not spoken here.
    external: ['unzipper', 'archiver', 'fs-extra', 'chromium-bidi/*'],
    // Only to download browsers (the image has one) and pictures by address (the bot fetches none), and for a command line. Two fifths of the bundle.
    plugins: [leaveOut(/^(proxy-agent|node-fetch|yargs|yargs\/.*)$/), oneLanguage, onePuppeteer, asciiOnly],
    write: false,
    // CommonJS packages in an ES module still ask for these.
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        "import { fileURLToPath as __fileURLToPath } from 'node:url';",
        "import { dirname as __dirnameOf } from 'node:path';",
        'const require = __createRequire(import.meta.url);',
        'const __filename = __fileURLToPath(import.meta.url);',
        'const __dirname = __dirnameOf(__filename);',
      ].join(' '),
    },
  })
}

if (import.meta.main) await buildBot()
