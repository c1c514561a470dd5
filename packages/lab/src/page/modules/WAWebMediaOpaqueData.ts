import { OpaqueData } from '../app/media.ts'

export const make = () => OpaqueData
