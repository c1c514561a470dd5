import type { World } from '../domain/world.ts'
import { traits } from './config.ts'
import type { PageConfig } from './config.ts'

export const configOf = ({ generation, faults }: World): PageConfig => ({
  generation,
  ...traits[generation],
  noVersion: faults.noVersion,
  missingModules: faults.missingModules,
  fastSync: faults.fastSync,
  neverSync: faults.neverSync,
  doubleReady: faults.doubleReady,
  spuriousQr: faults.spuriousQr,
  ballastMb: faults.ballastMb,
  storeMb: faults.storeMb,
})

export const html = (config: PageConfig): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>WhatsApp</title>
    <link rel="icon" href="data:," />
    <script type="application/json" id="config">${JSON.stringify(config).replaceAll('<', '\\u003c')}</script>
    <script type="module" src="/app.js"></script>
  </head>
  <body><div id="app" data-screen="loading">WhatsApp</div></body>
</html>
`
