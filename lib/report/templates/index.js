const table = document.getElementById("models");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const value = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
  const compare = (a, b) => Number.isNaN(parseFloat(a)) || Number.isNaN(parseFloat(b))
    ? a.localeCompare(b) : parseFloat(a) - parseFloat(b);

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      rows.sort((a, b) => sign * compare(value(a, column), value(b, column)));
      body.append(...rows);
    });
  });

  const find = document.getElementById("find");
  const protocol = document.getElementById("protocol");
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const chosen = !protocol.value || row.querySelector('[data-column="Protocol"]').textContent === protocol.value;
      row.hidden = !(chosen && words.every(word => text.includes(word)));
    }
    document.getElementById("shown").textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} rows`;
  };
  find.addEventListener("input", filter);
  protocol.addEventListener("change", filter);
}
