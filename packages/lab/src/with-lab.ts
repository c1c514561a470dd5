import { LabError } from './domain/problem.ts'
import { startLab } from './server.ts'
import type { Lab, LabOptions } from './server.ts'

type Body<T> = (lab: Lab) => Promise<T>

/** A Lab for the time of a function. Fails when a client asked the page for a module that the Lab does not know. */
export const withLab = async <T>(...given: [LabOptions, Body<T>] | [Body<T>]): Promise<T> => {
  const [options, body] = given.length === 1 ? [{}, given[0]] : given
  const lab = await startLab(options)
  try {
    const value = await body(lab)
    assertKnown(lab)
    return value
  } finally {
    await lab.close()
  }
}

export const assertKnown = (lab: Lab): void => {
  const names = lab.unknownModules()
  if (names.length > 0) throw new LabError(`the page was asked for modules that the Lab does not know: ${names.join(', ')}`)
  const { errors } = lab.reports()
  if (errors.length > 0) throw new LabError(`the Lab got frames that it did not understand: ${errors.join('; ')}`)
}
