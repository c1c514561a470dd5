// Before the page's own program; a file of its own, as the content security policy wants it. Kept small: it is not minified.

// The chosen look, before the first paint. Changes: src/features/theme.
const theme = localStorage.getItem('zaptria.theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme

// A program or a style that did not come is fetched anew once; then people are told.
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
  if (!sessionStorage[key]) {
    sessionStorage[key] = 1
    return location.reload()
  }
  const told = document.querySelector('#not-started')
  told.hidden = false
  told.querySelector('button').addEventListener('click', () => location.reload())
}
