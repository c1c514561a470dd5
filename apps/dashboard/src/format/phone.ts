/**
 * A phone number (digits with country code) as people write it: +55 11 98765-4321, +1 415 555-2671, else + and the digits in groups.
 */
export function formatPhone(digits: string): string {
  if (!/^\d{6,20}$/.test(digits)) return digits
  const brazil = /^55(\d{2})(\d{4,5})(\d{4})$/.exec(digits)
  if (brazil !== null) return `+55 ${brazil[1]} ${brazil[2]}-${brazil[3]}`
  const america = /^1(\d{3})(\d{3})(\d{4})$/.exec(digits)
  if (america !== null) return `+1 ${america[1]} ${america[2]}-${america[3]}`
  const portugal = /^351(\d{3})(\d{3})(\d{3})$/.exec(digits)
  if (portugal !== null) return `+351 ${portugal[1]} ${portugal[2]} ${portugal[3]}`
  return `+${digits}`
}

/**
 * What people type where a phone number is asked for, as digits with country code. Without `+` or `00` ten or eleven digits are area code and number of
 * Brazil, as most write them there; a few countries' own numbers are as long, so that whoever asks should show what was understood.
 */
export function typedPhone(text: string): string {
  const digits = text.replaceAll(/\D/g, '')
  const international = /^\s*(?:\+|00)/.test(text)
  return !international && /^[1-9]\d{9,10}$/.test(digits) ? `55${digits}` : digits.replace(/^00/, '')
}
