import { get } from 'node:http'

// A container is well while its event loop turns. One that is starting, or waits for a scan or its grant, would not be helped by a restart.
const port = process.env['PORT'] ?? '3000'
const request = get({ host: '127.0.0.1', port, path: '/health', timeout: 5_000 }, (response) => {
  response.resume()
  process.exitCode = response.statusCode === 200 || response.statusCode === 503 ? 0 : 1
})
request.on('timeout', () => request.destroy(new Error('no answer within 5 s')))
request.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
