// The person's own choice of light or dark, before the first paint: the page's program comes too late for that, and would flash.
// A file of its own, since the content security policy takes no script that is written into the page. Changes: src/features/theme.
const theme = localStorage.getItem('zaptria.theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
