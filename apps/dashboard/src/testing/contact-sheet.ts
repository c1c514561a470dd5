export type Shot = { scene: string; language: string; look: string; width: number; file: string }

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** One page with all pictures, scene by scene; each opens in full. No program, no other file. */
export function contactSheet(shots: readonly Shot[]): string {
  const scenes = [...new Set(shots.map(({ scene }) => scene))]
  const links = scenes.map((scene) => `<a href="#${escape(scene)}">${escape(scene)}</a>`).join(' · ')
  const sections = scenes.map((scene) => {
    const pictures = shots
      .filter((shot) => shot.scene === scene)
      .map(({ language, look, width, file }) => {
        const says = escape(`${language}, ${look}, ${width} px`)
        return `<a href="${escape(file)}"><img src="${escape(file)}" alt="${escape(scene)}: ${says}" loading="lazy"><span>${says}</span></a>`
      })
    return `<section id="${escape(scene)}"><h2>${escape(scene)}</h2><div>${pictures.join('')}</div></section>`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Zaptria, ${shots.length} pictures</title>
<style>
  :root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
  body { margin: 24px }
  div { display: flex; flex-wrap: wrap; gap: 16px; align-items: start }
  div a { display: grid; gap: 4px; color: inherit; text-decoration: none }
  img { height: 320px; max-width: 100%; object-fit: cover; object-position: top; border: 1px solid #8888 }
</style>
<h1>${shots.length} pictures</h1>
<p>${links}</p>
${sections.join('\n')}
</html>
`
}
