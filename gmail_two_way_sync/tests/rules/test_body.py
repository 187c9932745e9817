"""Bodies from Odoo's composer, as the recipient gets them."""

import base64
import time

from ...rules import body
from .common import TableCase

SITE = "https://odoo.ourfirm.example"
PNG = base64.b64encode(b"\x89PNG picture").decode()


def html(given):
    return body.hand_written(given, SITE).html


def sources(given):
    """Return the images of a body as (attachment id, data) in order."""
    images = body.hand_written(given, SITE).images
    return [(image.attachment_id, image.data) for image in images]


class TestHandWritten(TableCase):
    def test_b2_formatting_is_kept(self):
        kept = [
            "<div><p>Dear <b>Ann</b>, <i>thanks</i> &amp; regards — Grüße 🎉</p></div>",
            '<div><p style="color: red; text-align: center">x</p></div>',
            '<div><ul><li>a</li></ul><ol start="3"><li>b</li></ol></div>'.replace(
                "'", '"'
            ),
            '<div><table border="1"><tr><td colspan="2">x</td></tr></table></div>',
            '<div><font color="#ff0000">x</font><hr>y</div>',
            "<div><blockquote>quoted</blockquote></div>",
            '<div><div class="gmail_quote">quoted</div>x</div>',
        ]
        self.check(html, [(given, given) for given in kept])

    def test_b2_odoo_leaves_no_trace(self):
        table = [
            (
                '<p>Hi <a href="https://odoo.ourfirm.example/odoo/res.partner/3" '
                'class="o_mail_redirect" data-oe-id="3" data-oe-model="res.partner" '
                'target="_blank" contenteditable="false">@Ann</a>!</p>',
                "<div><p>Hi @Ann!</p></div>",
            ),
            (
                '<p>in <a href="#" class="o_channel_redirect '
                'o_channel_redirect_asThread">#general</a> and '
                '<a class="o_hashtag_redirect" href="#">#new</a>, '
                '<a class="o-discuss-mention">@everyone</a></p>',
                "<div><p>in #general and #new, @everyone</p></div>",
            ),
            (
                '<p>Done <span class="o-mail-Message-edited"></span></p><p>x</p>',
                "<div><p>Done </p><p>x</p></div>",
            ),
            (
                '<p>a<span class="o-mail-Message-edited">(edited)</span>b</p>',
                "<div><p>ab</p></div>",
            ),
            (
                '<p class="o_text mb-0" data-oe-version="2" data-o-x="1" t-att-x="y" '
                'contenteditable="true" id="p1" onclick="x()">x</p>',
                "<div><p>x</p></div>",
            ),
            (
                '<blockquote data-o-mail-quote="1" data-o-mail-quote-node="1">q'
                "</blockquote><p>x</p>",
                "<div><blockquote>q</blockquote><p>x</p></div>",
            ),
            ('<t t-out="x">kept</t>', "<div>kept</div>"),
            ('<p>x<i class="fa fa-star"></i>\ufeff\u200b</p>', "<div><p>x</p></div>"),
            ("<p>x</p><!-- odoo --><script>y</script>", "<div><p>x</p></div>"),
            ("<form><input name='a'>text</form>", "<div>text</div>"),
            (
                '<p style="color:red;background:url(data:image/png;base64,xx);'
                'background-image:URL(/web/image/3);top:0">x</p>',
                '<div><p style="color:red;top:0">x</p></div>',
            ),
        ]
        self.check(html, table)

    def test_b2_trailing_blanks_go(self):
        table = [
            ("<p>x</p><p><br></p><p>&nbsp;</p><br> ", "<div><p>x</p></div>"),
            ("<div><p>x</p><p><br></p></div>", "<div><p>x</p></div>"),
            ("<p>x<br></p>", "<div><p>x</p></div>"),
            ("<p>x</p><p><br></p><p>y</p>", "<div><p>x</p><p><br></p><p>y</p></div>"),
            ("<p>x</p><br>y", "<div><p>x</p><br>y</div>"),
            ("<p>x</p><p><br></p><hr>", "<div><p>x</p><p><br></p><hr></div>"),
        ]
        self.check(html, table)

    def test_b2_links(self):
        def link(href):
            return html(f'<a href="{href}">text</a>')

        stays = [
            "https://example.com/a?b=c",
            "https://example.com/web/content/3",
            "https://example.com/odoo/4?pid=1",
            "mailto:ann@x.com",
            "tel:+4930123",
            "https://odoo.ourfirm.example/my/orders/7?access_token=abc",
            "https://odoo.ourfirm.example/webshop",
        ]
        self.check(link, [(h, f'<div><a href="{h}">text</a></div>') for h in stays])
        gone = [
            *["/web#id=3&amp;model=crm.lead", "/web/content/12?download=true"],
            *["/odoo/crm/3", "/mail/view?model=crm.lead&amp;res_id=3", "/web"],
            *[f"{SITE}/odoo/crm/3", "//odoo.ourfirm.example/web/image/3"],
            *["http://ODOO.ourfirm.example/scoped_app", "#", "#id", ""],
            *["javascript:alert(1)", "data:text/html,x", "http://[broken"],
        ]
        self.check(link, [(h, "<div>text</div>") for h in gone])
        changed = [
            ("/my/orders/7?access_token=a", f"{SITE}/my/orders/7?access_token=a"),
            ("/shop", f"{SITE}/shop"),
            (
                "/my/orders/7?access_token=a&amp;pid=3&amp;hash=f00",
                f"{SITE}/my/orders/7?access_token=a",
            ),
        ]
        self.check(
            link, [(h, f'<div><a href="{u}">text</a></div>') for h, u in changed]
        )

    def test_b2_images_of_attachments_become_inline(self):
        for source in [
            "/web/image/12",
            "/web/image/12-0a1b2c",
            "/web/image/12-0a1b2c/logo.png",
            "/web/image/12/300x200",
            "/web/image/12-0a1b/300x200/logo.png?access_token=t",
            "/web/image/ir.attachment/12/datas",
            "/web/image?model=ir.attachment&amp;id=12&amp;field=datas",
            "/web/content/12?access_token=t",
            f"{SITE}/web/image/12?access_token=t",
        ]:
            with self.subTest(source=source):
                found = body.hand_written(f'<img src="{source}" alt="a">', SITE)
                (image,) = found.images
                self.assertEqual((image.attachment_id, image.data), (12, None))
                self.assertEqual(
                    found.html, f'<div><img src="cid:{image.cid}" alt="a"></div>'
                )

    def test_b2_images_in_the_html_become_inline(self):
        found = body.hand_written(f'<img src="data:image/png;base64,{PNG}">', SITE)
        (image,) = found.images
        self.assertEqual(
            (image.data, image.mimetype), (b"\x89PNG picture", "image/png")
        )
        self.assertIn(f'src="cid:{image.cid}"', found.html)

    def test_b2_an_image_in_plain_characters_becomes_inline(self):
        found = sources("<img src='data:image/svg+xml,%3Csvg/%3E'>")
        self.assertEqual(found, [(None, b"<svg/>")])

    def test_b2_hostile_styles_take_no_time(self):
        started = time.monotonic()
        for piece in ("a", "a:", "url(", "a:url(", "-;"):
            html(f'<p style="{piece * 50_000}">x</p>')
        self.assertLess(time.monotonic() - started, 10)

    def test_b2_the_same_image_twice_is_one(self):
        attachment = '<img src="/web/image/12"><img src="/web/image/12-x/a.png">'
        data = f'<img src="data:image/png;base64,{PNG}">' * 2
        self.assertEqual(sources(attachment), [(12, None)])
        self.assertEqual(sources(data), [(None, b"\x89PNG picture")])
        self.assertEqual(len(sources(attachment + data)), 2)

    def test_b2_other_images(self):
        remote = "https://example.com/web/image/12"
        table = [
            (f'<img src="{remote}">', f'<div><img src="{remote}"></div>'),
            ('<img src="/logo.png">', f'<div><img src="{SITE}/logo.png"></div>'),
            (
                '<img src="/web/image/res.users/2/avatar_128">',
                f'<div><img src="{SITE}/web/image/res.users/2/avatar_128"></div>',
            ),
            (
                f'<img src="{remote}" style="height:1.2em">',
                f'<div><img src="{remote}" style="height:1.2em"></div>',
            ),
            (f'x<img src="{remote}" width="1" height="1">', "<div>x</div>"),
            (f'x<img src="{remote}" style="width:1px;height:1px">', "<div>x</div>"),
            ('x<img src="/mail/track/3/tok/blank.gif">', "<div>x</div>"),
            ('x<img src="cid:old">', "<div>x</div>"),
            ('x<img src="file:///c:/a.png">', "<div>x</div>"),
            ('x<img src="data:image/png;base64,">', "<div>x</div>"),
            ('x<img src="data:image/png;base64,A">', "<div>x</div>"),
            ('x<img src="data:text/html,y">', "<div>x</div>"),
            ("x<img>", "<div>x</div>"),
        ]
        self.check(html, table)
        self.assertEqual([sources(given) for given, _ in table], [[]] * len(table))

    def test_b2_broken_html(self):
        table = [
            ("", "<div></div>"),
            ("plain", "<div>plain</div>"),
            ("<p>a<p>b", "<div><p>a</p><p>b</p></div>"),
            ("<p>a</p></div></body></html><p>b", "<div><p>a</p><p>b</p></div>"),
            ("<html><body><p>a</p></body></html>", "<div><p>a</p></div>"),
            ("<b>a", "<div><b>a</b></div>"),
            ("a\x00\ud800b", "<div>ab</div>"),
            ("a < b & c", "<div>a &lt; b &amp; c</div>"),
            ('<?xml version="1.0" encoding="latin-1"?>ü', "<div>ü</div>"),
            ("<a href='http://[x'>y", "<div>y</div>"),
        ]
        self.check(html, table)

    def test_b2_a_big_image_in_the_html(self):
        data = base64.b64encode(bytes(12_000_000)).decode()
        (found,) = sources(f'<p>x</p><img src="data:image/png;base64,{data}">')
        self.assertEqual(len(found[1]), 12_000_000)

    def test_b2_an_unusable_own_address_does_no_harm(self):
        given = '<a href="/odoo/crm/3">x</a><img src="/web/image/7">'
        for base_url in ("", "https://[broken"):
            with self.subTest(base_url=base_url):
                self.assertIn("x", body.hand_written(given, base_url).html)
                self.assertNotIn("/odoo", body.hand_written(given, base_url).html)

    def test_b2_hand_written_again_changes_nothing(self):
        once = html('<p>x <a href="/shop">y</a></p><blockquote class="o_q">z')
        self.assertEqual(html(once), once)


class TestSignature(TableCase):
    def test_b2_with_signature(self):
        signature = "<div>Sam Seller</div>"
        signed = "<div><p>x</p><div><br>-- <br><div>Sam Seller</div></div></div>"
        table = [
            (("<p>x</p>", signature), signed),
            (("<p>x</p><p><br></p>", signature), signed),
            ((signed, signature), signed),
            (("<p>x</p>", ""), "<div><p>x</p></div>"),
            (("<p>x</p>", "<p><br></p>"), "<div><p>x</p></div>"),
            (
                ("<p>x</p>", "<div>--<br>Sam</div>"),
                "<div><p>x</p><div><br><div>--<br>Sam</div></div></div>",
            ),
            (
                ("<p>Uncle Sam</p>", "Sam"),
                "<div><p>Uncle Sam</p><div><br>-- <br><div>Sam</div></div></div>",
            ),
            (
                ("", '<img src="/web/image/3">'),
                '<div><div><br>-- <br><div><img src="/web/image/3"></div></div></div>',
            ),
        ]
        self.check(lambda given: body.with_signature(*given), table)


class TestTextVersion(TableCase):
    def test_b2_text_version(self):
        table = [
            ("", ""),
            ("<p>a</p><p>b</p>", "a\n\nb"),
            ("<p>a</p><p><br></p><p><br></p><p>b</p>", "a\n\nb"),
            ("<div>a</div><div>b<br>c</div>", "a\nb\nc"),
            ("<p>a  \n <b>b</b>&amp;<i> c</i></p>", "a b& c"),
            ('<a href="https://x.com/y">here</a>.', "here (https://x.com/y)."),
            ('<a href="https://x.com/">https://x.com</a>', "https://x.com"),
            ('<a href="https://x.com">x.com</a>', "x.com"),
            ('<a href="mailto:a@x.com">a@x.com</a>', "a@x.com"),
            ('<a href="mailto:a@x.com">Ann</a>', "Ann (a@x.com)"),
            ('<a href="https://x.com"><img src="y"></a>', "https://x.com"),
            (
                "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>d",
                "- a\n- b\n  - c\n\nd",
            ),
            ("<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n- b"),
            ("<ol><li>a<br>more</li><li>b</li></ol>", "1. a\n   more\n2. b"),
            (
                "x<blockquote><p>a</p><p>b</p><blockquote>c</blockquote></blockquote>y",
                "x\n\n> a\n>\n> b\n>\n> > c\n\ny",
            ),
            (
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
                "a b\nc",
            ),
            ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
            ("a<hr>b", f"a\n{'-' * 20}\nb"),
            ("<p>a</p><div>-- <br>Sam</div>", "a\n\n-- \nSam"),
            ('a<img src="x" alt="y">b', "ab"),
            ("<style>x</style><script>y</script>a", "a"),
            ("<p>a", "a"),
        ]
        self.check(body.text_version, table)
