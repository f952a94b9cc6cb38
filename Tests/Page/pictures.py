"""Pictures that look like evenings at the sea, each a different one."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter


def picture(seed, width=1600, height=1067):
    chance = random.Random(seed)
    base = chance.choice([12, 22, 34, 196, 208, 222, 262, 330])
    sky = [hsv(base + chance.randrange(-15, 15), 60 + chance.randrange(60), 225),
           hsv(base + chance.randrange(10, 30), 30 + chance.randrange(50), 250)]
    image = Image.new("RGB", (2, 2))
    for x in range(2):
        image.putpixel((x, 0), sky[0])
        image.putpixel((x, 1), sky[1])
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    radius = height * (0.05 + chance.random() * 0.06)
    x, y = width * (0.2 + 0.6 * chance.random()), height * (0.25 + 0.25 * chance.random())
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 246, 222))
    for layer in range(4):
        level = height * (0.5 + 0.13 * layer)
        points, here = [(0, height)], level
        for step in range(13):
            here = level + chance.uniform(-0.09, 0.05) * height / (1 + layer * 0.4)
            points.append((width * step / 12, here))
        points.append((width, height))
        draw.polygon(points, fill=hsv(base + 190 + 6 * layer, 60 + 22 * layer, 175 - 40 * layer))
    return image.filter(ImageFilter.GaussianBlur(width / 900))


def hsv(hue, saturation, value):
    pixel = Image.new("HSV", (1, 1), (int(hue) % 360 * 255 // 360, min(255, saturation), max(0, min(255, value))))
    return pixel.convert("RGB").getpixel((0, 0))


def encoded(image, format="WEBP", longest=None, quality=82):
    if longest:
        image = image.copy()
        image.thumbnail((longest, longest))
    stream = io.BytesIO()
    image.save(stream, format, quality=quality)
    return stream.getvalue()
