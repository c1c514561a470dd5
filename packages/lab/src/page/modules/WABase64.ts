const text = (bytes: ArrayBuffer | Uint8Array): string => String.fromCharCode(...new Uint8Array(bytes))

export const make = () => ({
  encodeB64: (bytes: ArrayBuffer | Uint8Array): string => btoa(text(bytes)),
  decodeB64: (base64: string): Uint8Array => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)),
})
