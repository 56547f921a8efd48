// Tables that can be sorted by their columns, with the mouse and the keyboard.

/**
 * `columns`: {title, cell(row), value(row), number}. `value` is what is sorted by; without it a column cannot be
 * sorted.
 */
function table(caption, columns, rows, options = {}) {
  const body = make('tbody'), heads = [];
  let sorted = {column: -1, down: false}, shown = options.first ?? Infinity, list = rows;
  const show = () => {
    body.replaceChildren(...list.slice(0, shown).map(
        row => make('tr', {}, columns.map((column, place) => {
          const cell = column.cell(row);
          return make(
              place === 0 ? 'th' : 'td', {class: column.number ? 'number' : false, scope: place === 0 ? 'row' : false},
              cell);
        }))));
    more.hidden = list.length <= shown;
    more.textContent = `Show ${grouped(Math.min(list.length - shown, 500))} more of ${grouped(list.length)}`;
  };
  const sort = place => {
    sorted = {column: place, down: sorted.column === place ? !sorted.down : Boolean(columns[place].number)};
    list = rows.map((row, i) => [columns[place].value(row), i, row])
               .sort((a, b) => {
                 const order = a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
                 return (sorted.down ? -order : order) || a[1] - b[1];
               })
               .map(each => each[2]);
    heads.forEach(
        (head, i) => head.setAttribute(
            'aria-sort',
            i !== place     ? 'none' :
                sorted.down ? 'descending' :
                              'ascending'));
    show();
  };
  const head = make('tr', {}, columns.map((column, place) => {
    if (!column.value) return make('th', {scope: 'col', class: column.number ? 'number' : false}, column.title);
    const cell = make(
        'th', {scope: 'col', 'aria-sort': 'none', class: column.number ? 'number' : false},
        make('button', {type: 'button', class: 'sort', on: {click: () => sort(place)}}, column.title));
    heads[place] = cell;
    return cell;
  }));
  const more = make('button', {
    type: 'button',
    class: 'more',
    on: {
      click: () => {
        shown += 500;
        show();
      }
    }
  });
  show();
  return make(
      'div', {class: 'wide', tabindex: '0', role: 'region', 'aria-label': caption},
      make('table', {}, make('caption', {class: 'unseen'}, caption), make('thead', {}, head), body), more);
}
