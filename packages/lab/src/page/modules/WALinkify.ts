type Link = { href: string; url: string; domain: string }

const pattern = /\bhttps?:\/\/[^\s<>"']+/g

const findLinks = (text: string | undefined): Link[] =>
  [...(text ?? '').matchAll(pattern)].map(([url]) => ({ href: url, url, domain: new URL(url).hostname }))

export const make = () => ({ findLinks, findLink: (text: string | undefined): Link | undefined => findLinks(text)[0] })
