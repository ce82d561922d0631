// Small comforts of the forms. Every form works without them.

// The error summary is where one lands after a mistake
document.querySelector('[data-error-summary]')?.focus()

// One press, one act: a second press while the first is on its way does nothing
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
    for (const button of form.querySelectorAll('button[type="submit"]')) button.setAttribute('aria-disabled', 'true')
    setTimeout(() => release(form), 8000)
  })
}
function release(form) {
  delete form.dataset.sent
  for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled')
}
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(release))

// How much room is left; nothing is cut off while typing or pasting
for (const area of document.querySelectorAll('[data-count]')) {
  const said = document.getElementById(`${area.id}-count`)
  const most = Number(area.dataset.count)
  let soon
  const say = () => {
    const left = most - [...area.value].length
    said.textContent = (left < 0 ? said.dataset.over : said.dataset.left).replace('%s', String(Math.abs(left)))
    said.classList.toggle('is-over', left < 0)
  }
  said.setAttribute('aria-live', 'polite')
  area.addEventListener('input', () => {
    clearTimeout(soon)
    soon = setTimeout(say, 400)
  })
  if (area.value) say()
}

// "None of these" empties the others, and the others empty it
for (const box of document.querySelectorAll('[data-exclusive]')) {
  const all = [...(box.closest('fieldset') ?? document).querySelectorAll(`input[name="${CSS.escape(box.name)}"]`)]
  for (const one of all) {
    one.addEventListener('change', () => {
      if (!one.checked) return
      for (const other of all) {
        if (other !== one && (one.hasAttribute('data-exclusive') || other.hasAttribute('data-exclusive'))) other.checked = false
      }
    })
  }
}

// A button that says what it will do: "Record for 4 people"
for (const button of document.querySelectorAll('button[data-counts]')) {
  const form = button.form
  const say = () => {
    const n = form.querySelectorAll(`input[name="${CSS.escape(button.dataset.counts)}"]:checked`).length
    const words = n === 0 ? button.dataset.none : n === 1 ? button.dataset.one : button.dataset.other
    button.textContent = words.replace('%s', String(n))
  }
  form.addEventListener('change', say)
  form.addEventListener('besa:restored', say)
  say()
}

// "Choose everyone": shown only where it can work
for (const button of document.querySelectorAll('button[data-check-all]')) {
  button.hidden = false
  button.addEventListener('click', () => {
    for (const box of button.form.querySelectorAll(`input[name="${CSS.escape(button.dataset.checkAll)}"]`)) box.checked = true
    button.form.dispatchEvent(new Event('change', { bubbles: true }))
  })
}

// Print is a button of the browser
for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}
