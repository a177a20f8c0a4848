// Says, while somebody types a price, what publishing it will do.

function amountOf(panel, value) {
    const { currency, locale, decimals } = panel.dataset;
    return new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        minimumFractionDigits: Number(decimals),
        maximumFractionDigits: Number(decimals),
    }).format(value);
}

function typedIn(input) {
    const typed = Number((input?.value ?? "").replace(",", "."));
    return Number.isFinite(typed) && typed > 0 ? typed : 0;
}

function change(old, typed) {
    const share = Math.round((100 * (typed - old)) / old) / 100;
    const sign = share > 0 ? "+" : share < 0 ? "−" : "±";
    const percent = new Intl.NumberFormat(document.documentElement.lang || undefined, {
        style: "percent",
    });
    return `${sign}${percent.format(Math.abs(share))}`;
}

function describe(panel, price, sale) {
    const old = Number(panel.dataset.live);
    const [typed, reduced] = [typedIn(price), typedIn(sale)];
    panel.querySelector("[data-price-preview]").textContent =
        typed && old && typed !== old
            ? `${amountOf(panel, old)} → ${amountOf(panel, typed)} (${change(old, typed)})`
            : "";
    panel.querySelector("[data-sale-preview]").textContent =
        typed && reduced && reduced < typed
            ? `${panel.dataset.saleLabel} ${amountOf(panel, reduced)} (${change(typed, reduced)})`
            : "";
}

document.addEventListener("DOMContentLoaded", () => {
    const panel = document.getElementById("stripe-panel");
    const price = document.getElementById("id_price");
    const sale = document.getElementById("id_sale_price");
    if (!panel || !price) return;
    for (const input of [price, sale]) {
        input?.addEventListener("input", () => describe(panel, price, sale));
    }
    describe(panel, price, sale);
});
