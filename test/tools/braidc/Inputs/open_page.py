"""open_page.py PAGE: opens a report's page in Chromium, opens all layers and chooses each node; no script of a name's may run."""
import sys

import chromium

with chromium.Page(sys.argv[1]) as page:
    page.wait_for("document.querySelectorAll('.line').length > 4")
    page.run("document.querySelector('#open-all').click()")
    for index in range(page.run("document.querySelectorAll('#graph [role=button]').length")):
        page.run(f"document.querySelectorAll('#graph [role=button]')[{index}].dispatchEvent(new MouseEvent('click'))")
        page.run("document.querySelector('#open-all').click()")
    if page.run("window.pwned !== undefined"):
        sys.exit("expected names to stay names, found one that ran as a script")
    if page.errors:
        sys.exit(f"expected no errors of the page, found {page.errors}")
print("opened")
