// The actions that run_package_checks.py calls, in JavaScript.
const fs = require('fs')
const pg = require('pg')
const timers = require('timers/promises')
const { action, run, ActionError } = require('mistral-executor')

const sleep = (seconds, signal) => timers.setTimeout(seconds * 1000, undefined, { signal })

action('pk.add', ({ a, b = 1 }) => a + b, { input: 'a, b=1', description: 'Adds two numbers.' })
action('pk.any', given => given)
action('pk.fail', ({ how }) => {
  if (how === 'error') throw new Error('no such thing')
  if (how === 'value') throw new ActionError({ code: 7 })
  return { nan: NaN, object: () => {}, nul: 'a\0b', none: undefined }[how]
}, { input: 'how' })
action('pk.sleep', async ({ seconds, mark }, call) => {
  try {
    await sleep(seconds, call.signal)
  } catch (e) {
    fs.writeFileSync(mark, '')
    throw e
  }
  return call.row.task_name
})
action('pk.look', async ({ mark }, call) => {
  await sleep(1000, call.signal).catch(() => fs.writeFileSync(mark, ''))
})
action('pk.order', () => {}, { input: '', isSync: false })
action('pk.book', async ({ how }, call) => {
  const db = new pg.Client()
  await db.connect()
  try {
    await db.query('BEGIN')
    await db.query('INSERT INTO pk_ledger VALUES ($1)', [how])
    if (how === 'late') await sleep(30, call.signal).catch(() => {})
    await call.complete(db, { booked: how })
    await db.query(how === 'forgotten' ? 'ROLLBACK' : 'COMMIT')
  } finally {
    await db.end()
  }
}, { input: 'how' })

run({ name: 'pk', concurrency: 8, lease: 6 })
