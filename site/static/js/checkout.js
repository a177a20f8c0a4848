// Every form works without this file, too.

// On the basket page, the totals follow the quantities.
for (const form of document.querySelectorAll("form[data-basket]")) {
    const { locale, currency, decimals } = form.dataset;
    const digits = Number(decimals);
    const format = new Intl.NumberFormat(locale, {
        style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    const money = (minor) => format.format(minor / 10 ** digits);
    const lines = [...form.querySelectorAll("[data-unit-amount]")];

    const pay = form.querySelector("[data-pay]");

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
        if (pay) pay.textContent = total > 0 ? money(total) : "";
    };

    form.addEventListener("input", update);
    form.querySelector("[data-update]").hidden = true;
    // After Back, the browser may show quantities that were typed before.
    window.addEventListener("pageshow", update);
}

// Ignore a second click while the first request is running. Returning to the page makes the form usable again.
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
