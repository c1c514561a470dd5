/** What was chosen, over a reload; a link may choose too (`?account=…&contact=…&lang=en`). */
export const remembered = (name: string): string | null =>
  new URLSearchParams(location.search).get(name) ?? localStorage.getItem(`lab.${name}`)

export const remember = (name: string, value: string): void => {
  localStorage.setItem(`lab.${name}`, value)
  const url = new URL(location.href)
  if (!url.searchParams.has(name)) return
  url.searchParams.delete(name)
  history.replaceState(null, '', url)
}
