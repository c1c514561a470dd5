// Before the page's own program; a file of its own, as the content security policy wants it. Kept small: it is not minified.

// The chosen look, before the first paint. Changes: src/features/theme.
const theme = localStorage.getItem('zaptria.theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme

// A program that did not come is fetched anew once; then people are told.
addEventListener('error', ({ target }) => (target.type === 'module' || target.rel === 'stylesheet') && startAgain(), true)
addEventListener('zaptria:not-started', startAgain)

function startAgain() {
  const key = 'zaptria.started-again'
  const last = sessionStorage[key] ?? 0
  sessionStorage[key] = Date.now()
  if (Date.now() - last > 30_000) return location.reload()
  const told = document.querySelector('#not-started')
  told.hidden = false
  told.querySelector('button').addEventListener('click', () => location.reload())
}
