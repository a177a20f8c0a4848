// Comfort only: every form works without this file.

// On the review page totals follow the quantities.
for (const form of document.querySelectorAll("form[data-review]")) {
    const { locale, currency, decimals } = form.dataset;
    const digits = Number(decimals);
    const format = new Intl.NumberFormat(locale, {
        style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    const money = (minor) => format.format(minor / 10 ** digits);
    const lines = [...form.querySelectorAll("[data-unit-amount]")];

    const lineTotal = (line) => {
        const field = line.querySelector("input[name=quantity]");
        return field.checkValidity() ? Number(field.value) * Number(line.dataset.unitAmount) : NaN;
    };
    const update = () => {
        const totals = lines.map(lineTotal);
        const total = totals.reduce((sum, each) => sum + each, 0);
        lines.forEach((line, index) => {
            line.querySelector("[data-line-total]").textContent = totals[index] > 0 ? money(totals[index]) : "";
        });
        form.querySelector("[data-total]").textContent = Number.isNaN(total) ? "–" : money(total);
        form.querySelector("[data-pay]").textContent = total > 0 ? money(total) : "";
    };

    form.addEventListener("input", update);
    form.querySelector("[data-update]").hidden = true;
    // Back may have brought old quantities with it.
    window.addEventListener("pageshow", update);
}

// A second click while the first is on its way does nothing; coming back to the page makes the form usable again.
for (const form of document.querySelectorAll("form[data-once]")) {
    const buttons = form.querySelectorAll("button[type=submit]");
    const setBusy = (busy) => {
        form.toggleAttribute("data-busy", busy);
        buttons.forEach((button) => button.setAttribute("aria-disabled", String(busy)));
    };
    form.addEventListener("submit", (event) => {
        if (form.hasAttribute("data-busy")) event.preventDefault();
        setBusy(true);
    });
    window.addEventListener("pageshow", () => setBusy(false));
}
