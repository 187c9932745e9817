// Everything works without this: it only keeps lists fresh and frames as high as
// their mail.
"use strict";

function fitFrame(frame) {
    const fit = () => {
        const page = frame.contentDocument;
        if (page && page.body) {
            frame.style.height = page.documentElement.offsetHeight + 4 + "px";
        }
    };
    const watch = () => {
        fit();
        const page = frame.contentDocument;
        if (page && page.body) {
            new ResizeObserver(fit).observe(page.body);
        }
    };
    frame.addEventListener("load", watch);
    if (frame.contentDocument && frame.contentDocument.readyState === "complete") {
        watch();
    }
}

async function refresh(form) {
    const busy =
        document.hidden ||
        form.querySelector("input:checked") ||
        form.contains(document.activeElement);
    if (busy) {
        return;
    }
    const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
    if (!answer.ok) {
        return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const selector of ["#list", "nav.folders"]) {
        const [old, fresh] = [document, page].map((place) =>
            place.querySelector(selector)
        );
        if (old && fresh && old.innerHTML !== fresh.innerHTML) {
            old.innerHTML = fresh.innerHTML;
        }
    }
    document.title = page.title;
}

document.querySelectorAll("article iframe").forEach(fitFrame);
for (const form of document.querySelectorAll("[data-refresh]")) {
    setInterval(() => refresh(form).catch(() => {}), 4000);
}
