// Hides the countries whose name does not contain what was typed. Countries that are ticked stay.
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-country-search]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const box of event.target.parentElement.querySelectorAll("input[type=checkbox]")) {
    const label = box.closest("label");
    const row = label.parentElement;
    row.hidden = !box.checked && !label.textContent.toLowerCase().includes(wanted);
  }
});

// Enter in the field must not save the settings.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-country-search]")) event.preventDefault();
});
