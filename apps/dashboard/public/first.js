// Before the page's own program (a file: the content security policy). Not minified: keep it short.

// The chosen look, before the first paint. Changes: src/features/theme.
const theme = localStorage.getItem('zaptria.theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme

// A program or a style that does not come is fetched anew once; then people are told.
const key = 'zaptria.started-again'
let failed = false
addEventListener('error', ({ target }) => (target.type === 'module' || target.rel === 'stylesheet') && startAgain(), true)
addEventListener('zaptria:not-started', startAgain)
addEventListener('zaptria:started', () => (document.readyState === 'complete' ? allCame() : addEventListener('load', allCame)))

function allCame() {
  if (!failed) sessionStorage.removeItem(key)
}

function startAgain() {
  failed = true
  if (sessionStorage[key]) return tell()
  sessionStorage[key] = 1
  location.reload()
}

function tell() {
  const told = document.querySelector('#not-started')
  // The body may not be there yet.
  if (!told) return addEventListener('DOMContentLoaded', tell)
  document.querySelector('#coming')?.remove()
  document.querySelector('#root').hidden = true
  told.hidden = false
  told.querySelector('button').addEventListener('click', () => location.reload())
}
