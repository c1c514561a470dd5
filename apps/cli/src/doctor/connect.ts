/**
 * Single connection attempts, as a program for `node -e`: it must run in any image with Node in it, without a file of ours. Arguments: a
 * JSON list of targets. Prints a JSON object, target → "connected" or the error's code ("timeout" when nothing answered).
 */
export const CONNECT = `
const [list, patience] = process.argv.slice(1)
const net = require('node:net')
const attempt = (target) => new Promise((done) => {
  const at = target.lastIndexOf(':')
  const socket = net.connect({ host: target.slice(0, at).replace(/[[\\]]/g, ''), port: Number(target.slice(at + 1)) })
  const end = (how) => { clearTimeout(timer); socket.destroy(); done([target, how]) }
  const timer = setTimeout(end, Number(patience), 'timeout')
  socket.on('connect', () => end('connected')).on('error', (error) => end(error.code ?? error.message))
})
Promise.all(JSON.parse(list).map(attempt)).then((all) => console.log(JSON.stringify(Object.fromEntries(all))))
`

/** Answers on a port of every address until it is killed. */
export const ANSWER = `require('node:net').createServer((socket) => socket.on('error', () => {}).end()).listen(Number(process.argv[1]))`

export function connectArgs(targets: readonly string[], patienceMs: number): string[] {
  return ['-e', CONNECT, JSON.stringify(targets), String(patienceMs)]
}
