import type { Page } from '../app/page.ts'

export const make = ({ keys }: Page) => ({ getADVSecretKey: (): string => btoa(String.fromCharCode(...keys.adv)) })
