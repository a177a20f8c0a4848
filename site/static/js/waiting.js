// The page that waits for a payment asks for its status again and again, for ten minutes.

const form = document.querySelector("form[data-waiting]");
const pause = Number(form.dataset.pause) * 1000;
const stopAt = Date.now() + Math.max(10 * 60 * 1000, 3 * pause);

const stop = () => {
    form.querySelector("[data-stopped]").hidden = false;
};

const check = async () => {
    const query = new URLSearchParams(new FormData(form));
    const response = await fetch(`${form.dataset.waiting}?${query}`, { cache: "no-store" });
    // Logged out in the meantime, or something new to show: the page itself knows what.
    if (response.redirected) return location.reload();
    if (!response.ok) return stop();
    const { waiting } = await response.json();
    if (!waiting) return location.reload();
    if (Date.now() > stopAt) return stop();
    setTimeout(tick, pause);
};

const tick = () => check().catch(stop);

setTimeout(tick, pause);
