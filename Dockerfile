# The page in a container, on the CPU, run by an ordinary user. docs/operate.md says how to build and run it.
FROM python:3.11-slim

# Another package index to look at besides pip's own, e.g. PyTorch's of builds without CUDA, gigabytes smaller.
ARG PIP_EXTRA_INDEX_URL=""
ENV PYTHONUNBUFFERED=1 GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY app.py LICENSE ./
COPY recommender recommender
COPY data data

RUN useradd --create-home visitor
USER visitor
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD python -c "import os, urllib.request as web; web.build_opener(web.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['GRADIO_SERVER_PORT'] + '/health', timeout=4)"
CMD ["python", "app.py"]
