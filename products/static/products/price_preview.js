// Says, while somebody types a price, what publishing it will do.

function describe(panel, input) {
    const { live, currency, locale, decimals } = panel.dataset;
    const output = panel.querySelector("[data-price-preview]");
    const typed = Number(input.value.replace(",", "."));
    const old = Number(live);
    const amount = (value) =>
        new Intl.NumberFormat(locale, {
            style: "currency",
            currency,
            minimumFractionDigits: Number(decimals),
            maximumFractionDigits: Number(decimals),
        }).format(value);
    if (!input.value || !Number.isFinite(typed) || typed <= 0 || !old || typed === old) {
        output.textContent = "";
        return;
    }
    const percent = Math.round((100 * (typed - old)) / old);
    const sign = percent > 0 ? "+" : percent < 0 ? "−" : "±";
    output.textContent = `${amount(old)} → ${amount(typed)} (${sign}${Math.abs(percent)}%)`;
}

document.addEventListener("DOMContentLoaded", () => {
    const panel = document.getElementById("stripe-panel");
    const input = document.getElementById("id_price");
    if (!panel || !input) return;
    input.addEventListener("input", () => describe(panel, input));
    describe(panel, input);
});
