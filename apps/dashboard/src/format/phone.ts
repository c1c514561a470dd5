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
