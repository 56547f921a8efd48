// The theme of the page, which follows the system, a button and the paper.

function themeButton() {
  const next = {'': 'dark', dark: 'light', light: ''}, names = {'': 'as the system', dark: 'dark', light: 'light'};
  const button = make(
      'button', {
        type: 'button',
        id: 'theme',
        on: {
          click: () => {
            const now = next[document.documentElement.dataset.theme ?? ''];
            setTheme(now);
            button.textContent = `Theme: ${names[now]}`;
          }
        }
      },
      'Theme: as the system');
  return button;
}

/** `name`: empty or undefined is that of the system. */
function setTheme(name) {
  if (name)
    document.documentElement.dataset.theme = name;
  else
    delete document.documentElement.dataset.theme;
  redrawAll();
}

/** Paper is light, and shows everything that can be unfolded. */
function followThemeAndPaper() {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
  let opened = [], chosen;
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('main details:not([open])')];
    for (const each of opened) each.open = true;
    chosen = document.documentElement.dataset.theme;
    setTheme('light');
  });
  addEventListener('afterprint', () => {
    for (const each of opened) each.open = false;
    setTheme(chosen);
  });
}
