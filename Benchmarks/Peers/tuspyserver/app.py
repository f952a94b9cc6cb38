"""tuspyserver, as its documentation has it: https://github.com/edihasaj/tuspyserver."""

import os

from fastapi import FastAPI
from tuspyserver import create_tus_router

app = FastAPI()
app.include_router(create_tus_router(prefix="files", files_dir=os.environ["FILES"], max_size=1 << 40))


@app.get("/healthz")
async def health():
    return {}
