# sparkeras with JupyterLab, Java and Graphviz, for a user who is not root; see "Docker" in README.md.
FROM python:3.12-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless graphviz procps tini \
 && rm -rf /var/lib/apt/lists/*

COPY pyproject.toml README.md LICENSE /opt/sparkeras/
COPY src /opt/sparkeras/src
COPY course /opt/sparkeras/course
RUN pip install --no-cache-dir '/opt/sparkeras[jax,tune,connect,course]' pydot

# Whoever runs it, "docker run --user" included, can write where the work is.
RUN useradd --create-home learner \
 && mkdir -p /work \
 && chmod 1777 /work /home/learner

USER learner
ENV HOME=/home/learner
WORKDIR /work
ENTRYPOINT ["tini", "--"]
CMD ["sparkeras", "train"]
