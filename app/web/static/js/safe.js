// What keeps a person safe who reads or writes here while somebody may look over the shoulder:
// quick exit, the warning before the session ends, and unsaved text kept encrypted.
// Works under Trusted Types: text is only ever set as text. Without this script every page still works.

const PREFIX = 'besa-draft:'
const SENT = 'besa-sent'
const ALIVE = 'besa-alive'
const KEEP_DRAFTS = 24 * 60 * 60 * 1000
const WARN_SECONDS = 60

const body = document.body
const wait = (ms) => new Promise((done) => setTimeout(done, ms))

// ------------------------------------------------------------------ Unsaved text

const bytes = (base64url) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))

function draftNames() {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))
}

function forgetOldDrafts() {
  for (const name of draftNames()) {
    const { at } = JSON.parse(localStorage.getItem(name))
    if (Date.now() - at > KEEP_DRAFTS) localStorage.removeItem(name)
  }
}

const kept = (form) =>
  [...form.elements].filter((e) => e.name && !['hidden', 'password', 'file', 'submit', 'button', 'reset'].includes(e.type))

function read(form) {
  return kept(form).map((e) => [e.name, e.value, e.type === 'radio' || e.type === 'checkbox' ? e.checked : null])
}

function fill(form, state) {
  for (const [name, value, checked] of state) {
    for (const e of kept(form).filter((one) => one.name === name)) {
      if (checked === null) e.value = value
      else if (e.value === value) e.checked = checked
    }
  }
}

class Draft {
  // The key comes with the page of the signed-in person and is never stored: what lies on the device cannot be
  // read by the device, and the place it lies under does not say which page it belongs to.
  static async of(form, index, raw) {
    const place = new TextEncoder().encode(`${location.pathname}#${index}`)
    const digest = await crypto.subtle.digest('SHA-256', new Uint8Array([...raw, ...place]))
    const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
    return new Draft(form, PREFIX + base64(digest), key)
  }

  constructor(form, name, key) {
    Object.assign(this, { form, name, key, changed: false })
    form.addEventListener('input', () => {
      this.changed = true
      clearTimeout(this.soon)
      this.soon = setTimeout(() => this.save(), 800)
    })
    form.addEventListener('submit', () => {
      clearTimeout(this.soon)
      this.save()
      sessionStorage.setItem(SENT, this.name)
    })
  }

  async save() {
    if (!this.changed) return
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const text = new TextEncoder().encode(JSON.stringify(read(this.form)))
    const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.key, text)
    localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), iv: base64(iv), data: base64(data) }))
  }

  async restore(says) {
    const stored = localStorage.getItem(this.name)
    if (!stored || document.querySelector('[data-error-summary]')) return
    const { iv, data } = JSON.parse(stored)
    try {
      const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes(iv) }, this.key, bytes(data))
      fill(this.form, JSON.parse(new TextDecoder().decode(text)))
      this.changed = true
      const said = document.createElement('p')
      said.className = 'besa-small'
      said.setAttribute('role', 'status')
      said.textContent = says
      this.form.prepend(said)
      this.form.dispatchEvent(new Event('besa:restored', { bubbles: true }))
    } catch {
      localStorage.removeItem(this.name)
    }
  }
}

const drafts = []
const saveAll = () => Promise.all(drafts.map((draft) => draft.save()))

async function startDrafts() {
  forgetOldDrafts()
  if (!body.dataset.draftKey) {
    // Not signed in: what was sent last may have met a closed door, so its draft stays.
    sessionStorage.removeItem(SENT)
    return
  }
  const sent = sessionStorage.getItem(SENT)
  if (sent) {
    localStorage.removeItem(sent)
    sessionStorage.removeItem(SENT)
  }
  const raw = bytes(body.dataset.draftKey)
  const forms = [...document.querySelectorAll('form[method="post"]:not([data-no-draft])')]
  for (const [index, form] of forms.entries()) {
    const draft = await Draft.of(form, index, raw)
    drafts.push(draft)
    await draft.restore(body.dataset.draftSays)
  }
  addEventListener('visibilitychange', () => document.hidden && saveAll())
}

document.querySelector('form[data-forget]')?.addEventListener('submit', () => {
  for (const name of draftNames()) localStorage.removeItem(name)
})

// ------------------------------------------------------------------ Quick exit

const exit = document.querySelector('[data-exit]')
const counted = document.querySelector('[data-exit-count]')
let shifts = 0
let shiftsEnd

async function leave() {
  document.documentElement.classList.add('besa-gone')
  document.title = ''
  await Promise.race([saveAll(), wait(150)])
  location.replace(exit.href)
}

function countShift(event) {
  if (event.key !== 'Shift') {
    shifts = 0
    return
  }
  clearTimeout(shiftsEnd)
  shifts += 1
  if (shifts >= 3) leave()
  else counted.textContent = counted.dataset.text.replace('%s', String(3 - shifts))
  shiftsEnd = setTimeout(() => {
    shifts = 0
    counted.textContent = ''
  }, 5000)
}

if (exit) {
  exit.addEventListener('click', (event) => {
    event.preventDefault()
    leave()
  })
  addEventListener('keyup', countShift)
  // the way back shows nothing that was cached
  addEventListener('pageshow', (event) => event.persisted && location.reload())
}

// ------------------------------------------------------------------ The end of the session

function startIdle(dialog, seconds) {
  const says = dialog.querySelector('[data-idle-says]')
  let moved = false
  const alive = () => localStorage.setItem(ALIVE, String(Date.now()))
  const left = () => Math.ceil(seconds - (Date.now() - Number(localStorage.getItem(ALIVE))) / 1000)

  async function stay() {
    moved = false
    const answer = await fetch(body.dataset.stayUrl, { headers: { accept: 'application/json' } })
    if (answer.ok && !answer.redirected) alive()
  }

  async function tick() {
    const now = left()
    if (now <= 0) {
      clearInterval(clock)
      await Promise.race([saveAll(), wait(1000)])
      dialog.querySelector('form').submit()
    } else if (now <= Math.min(WARN_SECONDS, seconds / 2)) {
      says.textContent = says.dataset.idleSays.replace('%s', String(now))
      if (!dialog.open) dialog.showModal()
    } else {
      if (dialog.open) dialog.close()
      if (moved && seconds - now > Math.min(60, seconds / 4)) await stay().catch(() => undefined)
    }
  }

  for (const sign of ['keydown', 'pointerdown']) addEventListener(sign, () => (moved = !dialog.open || moved))
  const keepOn = () => stay().then(() => dialog.close(), () => undefined)
  dialog.querySelector('[data-idle-stay]').addEventListener('click', keepOn)
  dialog.addEventListener('cancel', keepOn)
  alive()
  const clock = setInterval(tick, 1000)
}

const dialog = document.querySelector('dialog[data-idle]')
if (dialog) startIdle(dialog, Number(body.dataset.idleSeconds))
startDrafts()
